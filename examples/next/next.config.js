export default {
  // Roster reads files beside its own code, so it must stay where it was installed.
  serverExternalPackages: ["@roster/server"],
};
