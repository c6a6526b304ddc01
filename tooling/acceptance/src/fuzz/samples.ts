import type { FieldKind } from "@roster/domain";

/** Valid values of the kinds that a JSON Schema does not define in full. */
export const samples = {
  email: ["ada@x.example", "New@y.example", "Grace@y.example"],
  phone: ["+493090182000", "030 901820", "+442079460182"],
  country: ["DE", "DEU", "276", 276, "Germany", "NLD", "528", 528, "Netherlands"],
  date: ["2019-08-24", "2000-02-29", "1906-12-09"],
  instant: ["2019-08-24T14:15:22Z", "2024-05-06T07:08:09.123+02:00"],
} as const satisfies Partial<Record<FieldKind, readonly (string | number)[]>>;

/** Whether a kind of field has samples. */
export const isSampled = (kind: FieldKind): kind is keyof typeof samples => kind in samples;
