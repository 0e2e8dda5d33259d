/**
 * Builds the helper for single-page apps: `core`, what a page loads, and `leave`, what that loads
 * itself where the page is left. Both texts go into the bundle of the functions.
 */
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The two texts, and the files that they are made of. */
export async function buildClient() {
  const [core, leave] = await Promise.all([bundled('index'), bundled('leave')])
  return { core: core.text, leave: leave.text, inputs: [...core.inputs, ...leave.inputs] }
}

async function bundled(name) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`src/client/${name}.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    plugins: [leaveApart],
    logLevel: 'warning',
  })
  const inputs = Object.keys(metafile.inputs).map((file) => root + file)
  return { text: outputFiles[0].text, inputs }
}

/** The second part has an address of its own, beside that of the first. */
const leaveApart = {
  name: 'leave-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/leave\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './client.js?part=leave', external: true } : undefined,
    ),
}

/** Puts the texts where the functions read them. */
export const clientFiles = {
  name: 'client-files',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]client-files\.ts$/ }, async () => {
      const { inputs, ...texts } = await buildClient()
      const contents = `export const clientFiles = ${JSON.stringify(texts)}`
      return { contents, loader: 'js', watchFiles: inputs }
    }),
}
