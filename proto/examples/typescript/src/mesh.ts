// Where a running mesh listens, and how to speak to it.
//
// In production a front end knows one address (the edge in front of intake) and gets its access token from the program's
// identity provider. Here `harborline up` has written the addresses down and `harborline token` signs the tokens.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

/** How to ask for a token. */
export interface TokenRequest {
  role: string;
  subject: string;
  program: string;
}

/** A running mesh, as `--mesh`, `--harborline` and `--state` describe it. */
export class Mesh {
  private constructor(
    private readonly intakeAddress: string,
    private readonly harborline: string,
    private readonly state: string,
  ) {}

  /** Reads the command line and the mesh file that it names. */
  static fromCommandLine(): Mesh {
    const { values } = parseArgs({
      options: { mesh: { type: "string" }, harborline: { type: "string" }, state: { type: "string" } },
    });
    const { mesh, harborline, state } = values;
    if (!mesh || !harborline || !state) {
      throw new Error("usage: npm start -- --mesh FILE --harborline BINARY --state DIR");
    }
    const addresses = JSON.parse(readFileSync(mesh, "utf8"));
    return new Mesh(addresses.intake.public, harborline, state);
  }

  /** A gRPC-Web connection to intake on behalf of one caller. */
  intake(token: TokenRequest): Transport {
    return createGrpcWebTransport({
      baseUrl: `http://${this.intakeAddress}`,
      interceptors: [bearer(this.token(token))],
    });
  }

  private token({ role, subject, program }: TokenRequest): string {
    const request = ["token", "--state", this.state, "--role", role, "--subject", subject, "--program", program];
    return execFileSync(this.harborline, request, { encoding: "utf8" }).trim();
  }
}

/** Adds the access token to every call. */
function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}
