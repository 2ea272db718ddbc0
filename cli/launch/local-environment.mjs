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
