import { isJsonObject, type JsonObject, type JsonValue } from "@roster/domain";
import { expect } from "vitest";
import type { Answer } from "./raw-request.ts";

/** The error bodies of the documented APIs. */

/** Expects a refusal in the form that its API documents. */
export type Refusal = (answer: Answer, status: number) => void;

const secrets = /\\n\s+at |node_modules|\.ts\b|sqlite/i;

/** Expects a refusal in any form: the status, and no internal details. */
const refused: Refusal = ({ status, text }, expected) => {
  expect([status, text]).toEqual([expected, expect.anything()]);
  expect(text).not.toMatch(secrets);
};

/** RFC 9457. */
export const problem: Refusal = (answer, status) => {
  refused(answer, status);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.json).toMatchObject({
    type: "about:blank",
    title: expect.stringMatching(/./) as string,
    status,
    detail: expect.stringMatching(/./) as string,
    code: expect.stringMatching(/^[A-Z_]+$/) as string,
  });
};

/** A problem document with `success: 0`, as on StateSet's pages. */
export const problemWithoutSuccess: Refusal = (answer, status) => {
  problem(answer, status);
  expect(answer.json["success"]).toBe(0);
};

/** Explo: `success` 0 and a message. */
export const noSuccess: Refusal = (answer, status) => {
  refused(answer, status);
  expect(answer.headers["content-type"]).toBe("application/json");
  expect(answer.json).toMatchObject({ success: 0, message: expect.stringMatching(/./) as string });
};

/** Maiascore: the status as `code`, and a message. */
export const codeAndMessage: Refusal = (answer, status) => {
  refused(answer, status);
  expect(answer.headers["content-type"]).toBe("application/json");
  expect(answer.json).toMatchObject({ code: status, message: expect.stringMatching(/./) as string });
};

/** The codes of a refusal's faults, by their JSON Pointers. */
export const faultsOf = ({ json }: Answer): Record<string, JsonValue> =>
  Object.fromEntries(
    ((json["errors"] ?? []) as JsonValue[]).filter(isJsonObject).map((fault: JsonObject) => {
      expect(fault["detail"]).toMatch(/./);
      return [fault["pointer"] as string, fault["code"] as JsonValue];
    }),
  );
