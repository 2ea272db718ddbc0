import { z } from 'zod';
import type { Target } from './sharp-closure.ts';

const ReportSchema = z.looseObject({ header: z.looseObject({ glibcVersionRuntime: z.string().optional() }) });

/** The machine this runs on, as npm names platforms. */
export function hostTarget(): Target {
  const { platform: os, arch: cpu } = process;
  return os === 'linux' ? { os, cpu, libc: hostLibc() } : { os, cpu };
}

/** Node's report names a glibc version exactly where there is one. */
function hostLibc(): string {
  Reflect.set(process.report, 'excludeNetwork', true); // otherwise it resolves the names of open connections; not in @types/node
  const report = ReportSchema.parse(process.report.getReport());
  return report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}
