/** Items of several clients. Each client's items keep their order; clients take turns. */
export interface FairQueue<T> {
  readonly size: number;
  add(client: string, item: T): void;
  /** The next item of the client whose turn it is; undefined when there is none. */
  take(): T | undefined;
  /** False when the item has been taken already. */
  remove(client: string, item: T): boolean;
}

export function createFairQueue<T>(): FairQueue<T> {
  const clients = new Map<string, T[]>(); // in the order of their turns; a client without items is not in it
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(client, item) {
      const items = clients.get(client);
      if (items === undefined) clients.set(client, [item]);
      else items.push(item);
      size += 1;
    },
    take() {
      for (const [client, items] of clients) {
        clients.delete(client);
        if (items.length > 1) clients.set(client, items);
        size -= 1;
        return items.shift();
      }
      return undefined;
    },
    remove(client, item) {
      const items = clients.get(client);
      const index = items?.indexOf(item) ?? -1;
      if (items === undefined || index < 0) return false;
      items.splice(index, 1);
      if (items.length === 0) clients.delete(client);
      size -= 1;
      return true;
    },
  };
}
