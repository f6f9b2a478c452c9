"""Plays one contact, from the first message to the clinic that takes over, against a running mesh.

Ends with an error at the first thing that is not as the contracts promise.
"""

import argparse
import uuid
from pathlib import Path

from mesh import Mesh, generate_stubs


def main() -> None:
    options = parse_options()
    generate_stubs()
    from story import play  # speaks through the stubs, so they come first

    # A program of its own, so that the story meets nobody else's counselors and can be played again and again.
    play(Mesh(options.mesh, options.harborline.resolve(), options.state, program=str(uuid.uuid4())))
    print("done")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mesh", type=Path, required=True, help="the mesh.json of a running `harborline up`")
    parser.add_argument("--harborline", type=Path, required=True, help="the harborline binary, which signs the tokens")
    parser.add_argument("--state", type=Path, required=True, help="the state folder of that `harborline up`")
    return parser.parse_args()


if __name__ == "__main__":
    main()
