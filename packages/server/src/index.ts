export * from "@roster/api";
