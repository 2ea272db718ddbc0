/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-assignment, typescript/no-unsafe-call,
   typescript/no-unsafe-member-access, typescript/no-unsafe-return -- plain JavaScript has no types to check */
function libcOfLinux() {
  Object.assign(process.report, { excludeNetwork: true }); // resolving host names would take seconds
  /** @type {{ header?: { glibcVersionRuntime?: string } }} */
  const report = process.report.getReport();
  return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** This machine in npm's words. */
export const platform = {
  os: process.platform,
  cpu: process.arch,
  libc: process.platform === 'linux' ? libcOfLinux() : undefined,
};
