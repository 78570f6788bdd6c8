import { type Kysely, sql } from 'kysely';

export const initImages = {
  async up(db: Kysely<unknown>): Promise<void> {
    // Until then the picture a request starts from was an "input". Prompts are columns of their own.
    await sql`update images set role = 'init' where role = 'input' and not exists (
      select 1 from images other
      where other.generation_id = images.generation_id and other.role = 'init' and other.number = images.number
    )`.execute(db);
    await sql`update generations set request = replace(request, '"inputOf":', '"initImageOf":')
      where request like '%"inputOf":%'`.execute(db);
  },
};
