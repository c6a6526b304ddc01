/** How phones and countries are read: an entry point of its own, since it brings two libraries along. */
export { allCountries, countryName, countryNumber, readCountry } from "./country.ts";
export { readPhone } from "./phone.ts";
