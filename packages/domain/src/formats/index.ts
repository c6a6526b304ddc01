/**
 * Readers of phone numbers and countries. They are a separate entry point because they need two libraries.
 */
export { allCountries, countryName, countryNumber, readCountry } from "./country.ts";
export { readPhone, readPhoneStart } from "./phone.ts";
