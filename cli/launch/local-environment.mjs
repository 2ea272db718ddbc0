/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-assignment, typescript/no-unsafe-call,
   typescript/no-unsafe-member-access, typescript/no-unsafe-return -- plain JavaScript has no types to check */
/**
 * The environment of a command that stays on this machine: no AWS variable survives, the shared configuration files read as
 * empty, no instance metadata is asked, and no proxy gets between the SDK and the loopback port.
 *
 * @param {NodeJS.ProcessEnv} ambient
 * @returns {NodeJS.ProcessEnv}
 */
export function localEnvironment(ambient) {
  const kept = Object.entries(ambient).filter(([name]) => !/^(AWS_|NODE_USE_ENV_PROXY$)/i.test(name));
  return {
    ...Object.fromEntries(kept),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
