"""A running mesh: its stubs, its addresses, and tokens for it.

In production a front end or a clinic knows one address and gets its access token from an identity provider; a clinic
also has a certificate. Here `harborline up` has written the addresses down, `harborline token` signs the tokens, and
`harborline certificate` the certificates.
"""

import json
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

CONTRACTS = Path(__file__).resolve().parents[2]


def generate_stubs() -> None:
    """Generates Python stubs of every contract into a folder of this process and makes them importable."""
    out = tempfile.TemporaryDirectory(prefix="harborline-stubs-")
    generate_stubs.folder = out  # kept until the process ends
    folders = ("buf", "harborline")
    found = [path for folder in folders for path in CONTRACTS.glob(f"{folder}/**/*.proto")]
    contracts = sorted(str(path.relative_to(CONTRACTS)) for path in found)
    well_known = files("grpc_tools") / "_proto"
    arguments = [
        "protoc",
        f"-I{CONTRACTS}",
        f"-I{well_known}",
        f"--python_out={out.name}",
        f"--grpc_python_out={out.name}",
    ]
    if protoc.main(arguments + contracts) != 0:
        raise SystemExit("the contracts do not compile")
    sys.path.insert(0, out.name)


class Mesh:
    """Opens connections to the services of a mesh, each on behalf of one caller."""

    def __init__(self, addresses: Path, harborline: Path, state: Path, program: str):
        self._addresses = json.loads(addresses.read_text())
        self._harborline = harborline
        self._state = state
        self.program = program

    def connect(self, service: str, role: str, subject: str, **claims: str) -> grpc.Channel:
        """A connection to one service, with the access token of one caller on every call."""
        channel = grpc.insecure_channel(self._addresses[service]["public"])
        return grpc.intercept_channel(channel, _Bearer(self._token(role, subject, claims)))

    def connect_as_clinic(self, subject: str, facility_id: str) -> grpc.Channel:
        """A clinic's connection to referral: its certificate and its access token, and both must name the same clinic."""
        folder = self._state / "examples"
        arguments = ["--state", str(self._state), "--clinic", facility_id, "--dir", str(folder)]
        subprocess.check_output([self._harborline, "certificate", *arguments])
        credentials = grpc.ssl_channel_credentials(
            root_certificates=(folder / "ca.pem").read_bytes(),
            private_key=(folder / f"{facility_id}.key").read_bytes(),
            certificate_chain=(folder / f"{facility_id}.pem").read_bytes(),
        )
        # The certificate is for "localhost"; in production it is for the name that the clinic calls.
        options = [("grpc.ssl_target_name_override", "localhost")]
        channel = grpc.secure_channel(self._addresses["referral"]["mesh"], credentials, options)
        token = self._token("clinic", subject, {"clinic": facility_id})
        return grpc.intercept_channel(channel, _Bearer(token))

    def contracts(self, service: str) -> list[str]:
        """The contracts that a service describes itself. Reflection needs no token and tells nothing about anybody."""
        with grpc.insecure_channel(self._addresses[service]["public"]) as channel:
            return list(ProtoReflectionDescriptorDatabase(channel).get_services())

    def _token(self, role: str, subject: str, claims: dict[str, str]) -> str:
        options = {"state": str(self._state), "role": role, "subject": subject, "program": self.program, **claims}
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        return subprocess.check_output([self._harborline, "token", *arguments], text=True).strip()


class _Bearer(
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamStreamClientInterceptor
):
    """Adds the access token to every call. (Call credentials would need TLS, which for front ends ends at the edge.)"""

    def __init__(self, token: str):
        self._header = ("authorization", f"Bearer {token}")

    def _with_token(self, proceed, details, request):
        metadata = [*(details.metadata or []), self._header]
        return proceed(details._replace(metadata=metadata), request)

    intercept_unary_unary = _with_token
    intercept_unary_stream = _with_token
    intercept_stream_stream = _with_token
