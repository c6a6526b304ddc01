import { hash, randomBytes } from "node:crypto";

/** Makes a token: 256 random bits with a prefix that secret scanners recognise. */
export const newToken = (): string => `roster_${randomBytes(32).toString("base64url")}`;

/** The stored form of a token. With 256 random bits it needs neither a salt nor a slow hash. */
export const hashToken = (token: string): string => hash("sha256", token, "hex");
