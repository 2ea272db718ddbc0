/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-assignment, typescript/no-unsafe-call,
   typescript/no-unsafe-member-access, typescript/no-unsafe-return -- plain JavaScript has no types to check */
/** Why the command could not even start, for people. */
export class LaunchError extends Error {
  /**
   * @param {string} code as in the CLI's JSON errors
   * @param {string} message one or a few lines
   * @param {number} exitStatus of design 4.6
   */
  constructor(code, message, exitStatus = 3) {
    super(message);
    this.name = 'LaunchError';
    this.code = code;
    this.exitStatus = exitStatus;
  }
}
