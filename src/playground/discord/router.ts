import { createHash } from 'node:crypto';
import type { RouteTemplate } from './contract.ts';
import type { UploadedFile } from './uploads.ts';

export interface Answer {
  status: number;
  /** JSON. Absent: no body. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface ApiRequest {
  /** The value of a `{name}` in the route's template. */
  param(name: string): string;
  query: URLSearchParams;
  body: unknown;
  files: readonly UploadedFile[];
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  template: RouteTemplate;
  /** `token`: whoever knows the interaction's token in the path may call it. */
  access: 'bot' | 'token';
  /** Throws a `Refusal`. */
  handle(request: ApiRequest): Answer;
}

export interface RouteMatch {
  template: RouteTemplate;
  params: Readonly<Record<string, string>>;
  /** `undefined`: the path exists, but not with this method. */
  route: Route | undefined;
  /** The name of the route's rate limit bucket. */
  bucket: string | undefined;
}

export interface Router {
  find(method: string, path: string): RouteMatch | undefined;
}

export function createRouter(routes: readonly Route[]): Router {
  const templates = [...new Set(routes.map(({ template }) => template))].map((template) => ({
    template,
    pattern: compile(template),
    byMethod: new Map<string, Route>(
      routes.filter((route) => route.template === template).map((route) => [route.method, route]),
    ),
  }));
  const buckets = new Map(routes.map((route) => [route, nameBucket(route)]));
  return {
    find(method, path) {
      for (const { template, pattern, byMethod } of templates) {
        const match = pattern.exec(path);
        if (!match) continue;
        const route = byMethod.get(method);
        return { template, params: { ...match.groups }, route, bucket: route && buckets.get(route) };
      }
      return undefined;
    },
  };
}

/** Opaque and stable, as Discord's are. */
function nameBucket({ method, template }: Route): string {
  return createHash('md5').update(`${method} ${template}`).digest('hex');
}

/** `{…_id}` are digits, other names any segment. */
function compile(template: RouteTemplate): RegExp {
  const source = template.replace(
    /\{(\w+)\}/g,
    (_, name: string) => `(?<${name}>${name.endsWith('_id') ? '\\d{1,20}' : '[^/]+'})`,
  );
  return new RegExp(`^${source}$`);
}
