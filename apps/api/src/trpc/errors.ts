import { rpcCodes, RosterError, type ErrorBody, type ErrorCode, type RpcErrorShape } from "@roster/domain";
import { noteRefusal } from "../observe/current-request.ts";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import {
  TRPC_ERROR_CODES_BY_KEY,
  type TRPC_ERROR_CODE_KEY,
  type TRPC_ERROR_CODE_NUMBER,
} from "@trpc/server/rpc";

/** Converts a refusal to a tRPC error with the right status and code. */
export const toTrpcError = (error: RosterError): TRPCError =>
  new TRPCError({ code: rpcCodes[error.code], message: error.message, cause: error });

/** Roster's codes for refusals by tRPC itself. */
const ownCodes: Partial<Record<TRPC_ERROR_CODE_KEY, ErrorCode>> = {
  PARSE_ERROR: "MALFORMED",
  // Roster parses inputs itself, so a bad request is one that tRPC could not parse.
  BAD_REQUEST: "MALFORMED",
  NOT_FOUND: "NOT_FOUND",
  METHOD_NOT_SUPPORTED: "METHOD_NOT_ALLOWED",
  PAYLOAD_TOO_LARGE: "TOO_LARGE",
  UNSUPPORTED_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
};

/** The body of the refusal behind a tRPC error. An unexpected error shows no detail. */
export function errorBody(error: TRPCError): ErrorBody {
  const code = codeOf(error);
  noteRefusal(code);
  if (error.cause instanceof RosterError) return error.cause.toBody();
  return code === "INTERNAL"
    ? { code, message: "an internal error; it has been logged" }
    : { code, message: error.message };
}

export const codeOf = ({ cause, code }: TRPCError): ErrorCode =>
  cause instanceof RosterError ? cause.code : (ownCodes[code] ?? "INTERNAL");

interface RosterErrorShape extends RpcErrorShape<TRPC_ERROR_CODE_NUMBER, TRPC_ERROR_CODE_KEY> {}

/** The answer to a request that is refused before it reaches tRPC, in the form of tRPC's errors. */
export function refusalAnswer(refusal: RosterError): { status: number; body: { error: RosterErrorShape } } {
  const error = toTrpcError(refusal);
  const { code, message } = error;
  const httpStatus = getHTTPStatusCodeFromError(error);
  const shape: RosterErrorShape = {
    message,
    code: TRPC_ERROR_CODES_BY_KEY[code],
    data: { code, httpStatus, error: refusal.toBody() },
  };
  return { status: httpStatus, body: { error: shape } };
}
