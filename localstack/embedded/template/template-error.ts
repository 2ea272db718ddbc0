/**
 * The template asks for something that the embedded stack does not have, or that AWS would refuse. The message says
 * where.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
