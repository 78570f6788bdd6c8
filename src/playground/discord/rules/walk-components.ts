import {
  type APIMessageComponent,
  type APIMessageTopLevelComponent,
  type APIUnfurledMediaItem,
  ComponentType,
} from 'discord-api-types/v10';

/** Calls `visit` for every component, nested ones and accessories included, with its path below `components`. */
export function walkComponents(
  components: readonly APIMessageComponent[],
  visit: (component: APIMessageComponent, path: (string | number)[]) => void,
  path: (string | number)[] = [],
): void {
  for (const [index, component] of components.entries()) {
    const here = [...path, index];
    visit(component, here);
    if ('components' in component) walkComponents(component.components, visit, [...here, 'components']);
    if (component.type === ComponentType.Section) visit(component.accessory, [...here, 'accessory']);
  }
}

/** The same components, with fresh ids where they had none: Discord counts them up from 1. */
export function numberComponents(components: readonly APIMessageTopLevelComponent[]): APIMessageTopLevelComponent[] {
  const copy = structuredClone([...components]);
  const taken = new Set<number>();
  walkComponents(copy, ({ id }) => {
    if (id) taken.add(id);
  });
  let next = 1;
  walkComponents(copy, (component) => {
    if (component.id) return;
    while (taken.has(next)) next += 1;
    component.id = next;
    next += 1;
  });
  return copy;
}

/** The same components, each media item replaced; `path` leads from `components` to the item. */
export function mapMedia(
  components: readonly APIMessageTopLevelComponent[],
  replace: (media: APIUnfurledMediaItem, path: (string | number)[]) => APIUnfurledMediaItem,
): APIMessageTopLevelComponent[] {
  const copy = structuredClone([...components]);
  walkComponents(copy, (component, path) => {
    if (component.type === ComponentType.MediaGallery) {
      for (const [index, item] of component.items.entries())
        item.media = replace(item.media, [...path, 'items', index, 'media']);
    } else if (component.type === ComponentType.Thumbnail) {
      component.media = replace(component.media, [...path, 'media']);
    } else if (component.type === ComponentType.File) {
      component.file = replace(component.file, [...path, 'file']);
    }
  });
  return copy;
}
