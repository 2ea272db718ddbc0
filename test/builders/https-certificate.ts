import { generateKeyPairSync, sign } from 'node:crypto';

/** PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

// ASN.1 in DER: tag, length, contents (X.690). Node makes keys and signatures, and no certificates.
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const size = Buffer.from(body.length.toString(16).padStart(body.length < 256 ? 2 : 4, '0'), 'hex');
  const length = body.length < 128 ? size : Buffer.concat([Buffer.of(0x80 + size.length), size]);
  return Buffer.concat([Buffer.of(tag), length, body]);
}
const sequence = (...contents: readonly Uint8Array[]) => der(0x30, ...contents);
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const utcTime = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));

const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'));
const commonName = objectId('550403');
const subjectAltName = objectId('551d11');

const dayMs = 86_400_000;

/**
 * A certificate that signs itself, valid from two days ago.
 *
 * @param names DNS names, wildcards too
 */
export function certificateFor(names: readonly string[], { expired = false } = {}): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from('test only')))));
  const [from, to] = [-2 * dayMs, expired ? -dayMs : dayMs].map((offsetMs) => utcTime(new Date(Date.now() + offsetMs)));
  const alternatives = sequence(...names.map((dns) => der(0x82, Buffer.from(dns))));
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.of(1)), // serial number
    ecdsaWithSha256,
    name,
    sequence(...[from, to].filter((time) => time !== undefined)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(subjectAltName, der(0x04, alternatives)))),
  );
  const signature = der(0x03, Buffer.of(0), sign('sha256', toBeSigned, privateKey));
  const certificate = sequence(toBeSigned, ecdsaWithSha256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}
