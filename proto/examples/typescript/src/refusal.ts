// Every refusal says what was refused and why, in a form that a program can act on.

import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";

/** What a front end can act on. */
export interface Refusal {
  /** The gRPC code, for example "InvalidArgument". */
  code: string;
  /** The value of harborline.common.v1.Reason without its prefix, for example "REQUEST_INVALID". */
  reason: string;
  /** Every wrong field with what is wrong with it. */
  fields: Map<string, string>;
  /** When to repeat the same request, if waiting helps. */
  retryAfterSeconds?: number;
}

/** Reads the typed details of an error; throws the error again if it has no reason of ours. */
export function refusal(error: unknown): Refusal {
  const refused = ConnectError.from(error);
  const info = refused.findDetails(ErrorInfoSchema).find(({ domain }) => domain === "harborline");
  if (!info) {
    throw error;
  }
  const violations = refused.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  const delay = refused.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return {
    code: Code[refused.code],
    reason: info.reason,
    fields: new Map(violations.map(({ field, description }) => [field, description])),
    retryAfterSeconds: delay ? Number(delay.seconds) + delay.nanos / 1e9 : undefined,
  };
}

/** The refusal that a call must end in. */
export async function expectRefusal(call: Promise<unknown>): Promise<Refusal> {
  const outcome = await call.then(() => undefined, (error: unknown) => error);
  if (outcome === undefined) {
    throw new Error("the call was answered, and a refusal was expected");
  }
  return refusal(outcome);
}
