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
