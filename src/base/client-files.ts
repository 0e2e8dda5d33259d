/**
 * The built texts of src/client: scripts/build-client.mjs puts them in the place of this file's
 * content when it is bundled.
 */
export const clientFiles: { readonly core: string; readonly leave: string } = {
  core: '',
  leave: '',
}
