import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'

export interface TlsFiles {
  /** PEM. */
  readonly key: string
  readonly cert: string
}

const dayMs = 24 * 3_600_000
const validDays = 365

/** The certificate for `https://localhost`, made once and kept, so that it is trusted only once. */
export async function localCertificate(directory: string): Promise<TlsFiles> {
  const keyFile = join(directory, 'key.pem')
  const certificateFile = join(directory, 'certificate.pem')
  const known = await read(keyFile, certificateFile)
  if (known !== undefined && expiresAt(known.cert) > Date.now() + dayMs) return known

  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    notAfterDate: new Date(Date.now() + validDays * dayMs),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(keyFile, key, { mode: 0o600 })
  await writeFile(certificateFile, cert)
  return { key, cert }
}

async function read(keyFile: string, certificateFile: string): Promise<TlsFiles | undefined> {
  try {
    const [key, cert] = await Promise.all([
      readFile(keyFile, 'utf8'),
      readFile(certificateFile, 'utf8'),
    ])
    return { key, cert }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function expiresAt(cert: string): number {
  return Date.parse(new X509Certificate(cert).validTo)
}
