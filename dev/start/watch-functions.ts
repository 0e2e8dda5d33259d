import { context, stop as stopEsbuild, type Plugin } from 'esbuild'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface FunctionsWatch {
  /** Copies host.json anew. */
  writeHostFiles(): Promise<void>
  stop(): Promise<void>
}

type BuildScript = typeof import('../../scripts/build.mjs')

/**
 * Builds the functions into a folder with the options of the deployed bundle, and again whenever a
 * source file changes. Not into dist/: `npm run build` and the tests may need that at the same time.
 * Rejects where the first build fails; later failures are shown by esbuild itself.
 */
export async function watchFunctions(
  { root, outdir }: { root: string; outdir: string },
  onRebuilt: () => void,
): Promise<FunctionsWatch> {
  // The script itself, not a copy bundled into this file: it finds its folder from its own place.
  const script = pathToFileURL(join(root, 'scripts/build.mjs')).href
  const { functionsBuild, writeHostFiles } = (await import(script)) as BuildScript
  let builds = 0
  const reportRebuild: Plugin = {
    name: 'report-rebuild',
    setup: (build) =>
      build.onEnd(({ errors }) => {
        builds += 1
        // The first build is ours, the second is the one with which esbuild begins to watch.
        if (builds > 2 && errors.length === 0) onRebuilt()
      }),
  }
  await rm(outdir, { recursive: true, force: true })
  const builder = await context({ ...functionsBuild, outdir, plugins: [reportRebuild] })
  try {
    await builder.rebuild()
    await writeHostFiles(outdir)
    await builder.watch()
  } catch (error) {
    await builder.dispose()
    throw error
  }
  return {
    writeHostFiles: () => writeHostFiles(outdir),
    stop: async () => {
      await builder.dispose()
      await stopEsbuild()
    },
  }
}
