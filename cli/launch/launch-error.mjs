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
