import * as fc from "fast-check";
import { getCountries, getExampleNumber } from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples" with { type: "json" };
import { describe, expect, test } from "vitest";
import { allCountries, countryName, countryNumber, readCountry, readPhone } from "./index.ts";

describe("a phone number", () => {
  test.each<[written: string, country: string | null, kept: string]>([
    ["+14155552671", null, "+14155552671"],
    ["+1 (415) 555-2671", null, "+14155552671"],
    ["+1.415.555.2671", null, "+14155552671"],
    ["+1/415/555/2671", null, "+14155552671"],
    ["(415) 555-2671", "US", "+14155552671"],
    ["\u202a+14155552671\u202c", null, "+14155552671"],
    ["\u2066+1 415 555 2671\u2069", null, "+14155552671"],
    ["\u200e+1 415 555 2671\u200f", null, "+14155552671"],
    ["\ufeff+1\u00a0415\u202f555\u20092671", null, "+14155552671"],
    ["+1\u00ad415\u200b5552671", null, "+14155552671"],
    ["+1‑415–555−2671", null, "+14155552671"],
    ["＋１（４１５）５５５－２６７１", null, "+14155552671"],
    ["'+14155552671", null, "+14155552671"],
    ["=+14155552671", null, "+14155552671"],
    ['="+14155552671"', null, "+14155552671"],
    ["(+1) 415 555 2671", null, "+14155552671"],
    ["+٤٩ ٣٠ ٩٠١٨٢٠", null, "+4930901820"],
    ["۰۳۰ ۹۰۱۸۲۰", "DE", "+4930901820"],
    ["+९१ ९८७६५ ४३२१०", null, "+919876543210"],
    ["tel:+1-201-555-0123", null, "+12015550123"],
    ["TEL:+1(201)555.0123", null, "+12015550123"],
    ["tel:555-0123;phone-context=+1-201", null, "+12015550123"],
    ["+44 (0)20 7946 0182", null, "+442079460182"],
    ["(0)20 7946 0182", "GB", "+442079460182"],
    ["+49 (0) 30 901820", null, "+4930901820"],
    ["0049 30 901820", null, "+4930901820"],
    ["0049 30 901820", "DE", "+4930901820"],
    ["00 49 30 901820", "FR", "+4930901820"],
    ["011 49 30 901820", "US", "+4930901820"],
    ["06 1234 5678", "IT", "+390612345678"],
    ["8 (495) 123-45-67", "RU", "+74951234567"],
    [" +14155552671\n", null, "+14155552671"],
  ])("%j (tenant in %s) is read", (written, country, kept) => {
    expect(readPhone(written, country)).toBe(kept);
  });

  test.each<[written: string, country: string | null]>([
    ["0652985", "CA"],
    ["0049 30 901820", "US"],
    ["415 555 2671", null],
    ["112", "DE"],
    ["+1 415", null],
    ["++14155552671", null],
    ["phone: +14155552671", null],
    ["4.93090182E+11", null],
    ["tel:7042;phone-context=example.com", null],
    ["tel:", null],
    ["+", null],
    ["", "DE"],
  ])("%j (tenant in %s) is refused", (written, country) => {
    expect(readPhone(written, country)).toMatchObject({ code: "invalid_format" });
  });

  test.each([
    "+1 415 555 2671 ext. 5",
    "+1 415 555 2671 x5",
    "+1 415 555 2671#5",
    "+1 415 555 2671;ext=5",
    "tel:+1-415-555-2671;ext=5",
    "tel:+1-415-555-2671;isub=5",
  ])("with an extension is refused: %s", (written) => {
    expect(readPhone(written, null)).toMatchObject({
      message: expect.stringContaining("extension") as string,
    });
  });

  test("in E.164 reads back as itself in any tenant", () => {
    const digits = fc.string({
      unit: fc.integer({ min: 0, max: 9 }).map(String),
      minLength: 3,
      maxLength: 15,
    });
    const written = fc
      .tuple(fc.constantFrom("", "+", "00", "0"), digits)
      .map(([prefix, rest]) => prefix + rest);
    fc.assert(
      fc.property(written, fc.constantFrom(null, ...getCountries()), (number, country) => {
        const kept = readPhone(number, country);
        if (typeof kept !== "string") return;
        for (const other of [null, country, "US", "IT"]) expect(readPhone(kept, other)).toBe(kept);
      }),
      { numRuns: 3_000 },
    );
  });

  test("can be read for the numbers of every country", () => {
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples);
      if (!example) continue;
      for (const written of [
        example.number,
        example.formatInternational(),
        example.formatNational(),
        example.getURI(),
      ]) {
        expect(readPhone(written, country), `${country} ${written}`).toBe(example.number);
      }
    }
  });
});

describe("a country", () => {
  test.each<[alpha2: string, names: string[]]>([
    [
      "GB",
      [
        "UK",
        "U.K.",
        "gb",
        "GBR",
        "826",
        "United Kingdom",
        "Great Britain",
        "the United Kingdom",
        "England",
        "United Kingdom of Great Britain & Northern Ireland",
        "United Kingdom (UK)",
        "UK (United Kingdom)",
        "Scotland, UK",
      ],
    ],
    [
      "US",
      [
        "USA",
        "U.S.",
        "U.S.A.",
        "us",
        "840",
        "United States",
        "The United States of America",
        "UNITED STATES",
        "United States (US)",
        "United States of America (USA)",
      ],
    ],
    ["VN", ["Viet Nam", "Vietnam", "VIETNAM", "vnm", "704", "Socialist Republic of Viet Nam"]],
    ["CV", ["Cabo Verde", "Cape Verde", "Republic of Cabo Verde"]],
    ["VA", ["Holy See", "Holy See (the)", "Vatican", "Vatican City", "Holy See (Vatican City State)"]],
    [
      "BO",
      [
        "Bolivia",
        "Bolivia (Plurinational State of)",
        "Bolivia, Plurinational State of",
        "Plurinational State of Bolivia",
      ],
    ],
    ["TR", ["Türkiye", "Türkiye".normalize("NFD"), "Turkiye", "Turkey", "TÜRKİYE", "Republic of Türkiye"]],
    [
      "CI",
      [
        "Côte d'Ivoire",
        "Côte d’Ivoire",
        "Côte d′Ivoire",
        "Côte d´Ivoire",
        "Cote dIvoire",
        "COTE D'IVOIRE",
        "Côte d'Ivoire".normalize("NFD"),
        "Ivory Coast",
      ],
    ],
    [
      "KR",
      [
        "South Korea",
        "Korea, Republic of",
        "Republic of Korea",
        "Korea (the Republic of)",
        "Korea (Republic of)",
        "Korea, South",
        "Korea, Rep.",
      ],
    ],
    [
      "KP",
      [
        "North Korea",
        "Democratic People's Republic of Korea",
        "Korea (the Democratic People’s Republic of)",
        "DPRK",
      ],
    ],
    ["CZ", ["Czech Republic", "Czechia", "The Czech Republic"]],
    ["SZ", ["Swaziland", "Eswatini", "Kingdom of Eswatini"]],
    [
      "MK",
      ["Macedonia", "North Macedonia", "Republic of North Macedonia", "The Republic of North Macedonia"],
    ],
    ["MM", ["Burma", "Myanmar", "Myanmar (Burma)"]],
    ["PS", ["Palestine", "State of Palestine", "Palestine, State of"]],
    ["RU", ["Russia", "Russian Federation", "Russian Federation (the)"]],
    ["LA", ["Laos", "Lao People's Democratic Republic", "Lao PDR"]],
    ["FM", ["Micronesia", "Micronesia (Federated States of)", "Federated States of Micronesia"]],
    [
      "CD",
      [
        "Congo (the Democratic Republic of the)",
        "Congo, Democratic Republic of the",
        "Democratic Republic of the Congo",
        "Congo, Dem. Rep.",
        "DR Congo",
        "Congo - Kinshasa",
      ],
    ],
    ["CG", ["Congo", "Congo (the)", "Republic of the Congo", "Congo - Brazzaville"]],
    ["CN", ["China", "People's Republic of China", "PRC"]],
    ["TW", ["Taiwan", "Taiwan, Province of China", "Taiwan (Province of China)"]],
    ["GM", ["Gambia", "The Gambia", "Gambia (the)"]],
    ["BS", ["Bahamas", "the Bahamas"]],
    [
      "NL",
      [
        "Netherlands",
        "The Netherlands",
        "Holland",
        "Netherlands (Kingdom of the)",
        "Kingdom of the Netherlands",
      ],
    ],
    ["TZ", ["Tanzania", "United Republic of Tanzania", "Tanzania, the United Republic of"]],
    ["VI", ["Virgin Islands (U.S.)", "US Virgin Islands", "U.S. Virgin Islands"]],
    ["LC", ["St. Lucia", "St Lucia", "Saint Lucia"]],
    ["BA", ["Bosnia", "Bosnia & Herzegovina", "Bosnia-Herzegovina"]],
    ["GW", ["Guinea-Bissau", "Guinea Bissau"]],
    ["ST", ["São Tomé and Príncipe", "Sao Tome & Principe"]],
    ["AX", ["Åland", "Åland Islands".normalize("NFD")]],
    ["AF", ["4", "04", "004", "Islamic Emirate of Afghanistan".replace("Emirate", "Republic")]],
    ["DE", [" Germany ", "Federal Republic of Germany", "de", "deu"]],
    ["IE", ["Ireland", "Republic of Ireland"]],
    ["EG", ["Egypt", "Egypt, Arab Rep."]],
    ["FR", ["France", "French Republic", "France, Metropolitan"]],
    ["CH", ["Switzerland", "Swiss Confederation"]],
    ["MX", ["Mexico", "México", "United Mexican States"]],
    ["HM", ["Heard & McDonald Islands", "Heard Island and McDonald Islands"]],
    ["UM", ["U.S. Outlying Islands", "United States (US) Minor Outlying Islands"]],
    ["SX", ["Sint Maarten (Dutch part)", "St. Maarten", "Saint Martin (Dutch part)"]],
  ])("%s is read from each of its names", (alpha2, names) => {
    for (const name of names) expect(readCountry(name), name).toBe(alpha2);
  });

  test.each([
    "",
    " ",
    "X",
    "XX",
    "ZZZ",
    "999",
    "4.0",
    "1234",
    "Atlantis",
    "Estados Unidos",
    "Republic of",
    "Vietnam War",
    "Georgia, USA",
    "Jersey (UK)",
    "Paris, France",
    "()",
    "China Town",
    "the",
  ])("%j is refused", (written) => {
    expect(readCountry(written)).toMatchObject({ code: "invalid_format" });
  });

  test.each<[name: string, instead: string]>([
    ["Korea", "KR"],
    ["Republic of China", "TW"],
    ["Virgin Islands", "VG"],
    ["USSR", "RU"],
    ["SU", "RU"],
    ["Soviet Union", "RU"],
    ["Yugoslavia", "RS"],
    ["Czechoslovakia", "CZ"],
    ["East Germany", "DE"],
    ["Netherlands Antilles", "CW"],
    ["AN", "CW"],
  ])("that no longer exists or is ambiguous is refused with what to write instead: %s", (name, instead) => {
    expect(readCountry(name)).toMatchObject({ message: expect.stringContaining(instead) as string });
  });

  test("can be read from each of its codes and its name, and no two countries share a name", () => {
    const all = allCountries();
    expect(all.length).toBeGreaterThan(248);
    for (const { alpha2, alpha3, numeric, name } of all) {
      const ways = [
        alpha2,
        alpha2.toLowerCase(),
        alpha3,
        name,
        name.toUpperCase(),
        name.normalize("NFD"),
        `The ${name}`,
      ];
      for (const way of ways) expect(readCountry(way), way).toBe(alpha2);
      // Kosovo has no ISO 3166-1 code.
      if (numeric > 0) expect(readCountry(String(numeric))).toBe(alpha2);
      expect(countryNumber(alpha2)).toBe(numeric);
    }
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  test.each([
    ["CN", "China"],
    ["CD", "Congo (Democratic Republic of the)"],
    ["CG", "Congo"],
    ["CI", "Côte d'Ivoire"],
    ["CZ", "Czechia"],
    ["GB", "United Kingdom of Great Britain and Northern Ireland"],
    ["GM", "Gambia"],
    ["IR", "Iran (Islamic Republic of)"],
    ["KP", "Korea (Democratic People's Republic of)"],
    ["KR", "Korea (Republic of)"],
    ["MK", "North Macedonia"],
    ["PS", "Palestine, State of"],
    ["RU", "Russian Federation"],
    ["TW", "Taiwan (Province of China)"],
    ["TZ", "Tanzania (United Republic of)"],
    ["US", "United States of America"],
    ["VA", "Holy See"],
    ["VN", "Viet Nam"],
  ])("%s has the short name of ISO 3166-1: %s", (alpha2, name) => {
    expect(countryName(alpha2)).toBe(name);
  });
});
