import type { KyselyPlugin, PluginTransformResultArgs, QueryResult, RootOperationNode, UnknownRow } from 'kysely';
import type { PictureFiles } from '../picture-files.ts';

/** Shows pictures that are in files as if their bytes were in the table: that is where PostgreSQL has them. */
export class InlinePictures implements KyselyPlugin {
  readonly #files: PictureFiles;
  constructor(files: PictureFiles) {
    this.#files = files;
  }

  transformQuery({ node }: { node: RootOperationNode }): RootOperationNode {
    return node;
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    const rows = await Promise.all(
      result.rows.map(async (row) =>
        typeof row.file === 'string' ? { ...row, bytes: (await this.#files.read(row.file)) ?? null, file: null } : row,
      ),
    );
    return { ...result, rows };
  }
}
