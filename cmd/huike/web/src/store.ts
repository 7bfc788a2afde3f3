import { useEffect, useState } from "preact/hooks";

// A state that only its reducer changes, and that tells whoever asked.
export interface Store<S, A> {
  readonly state: S;
  dispatch(action: A): void;
  subscribe(told: () => void): () => void;
}

/** createStore returns a store that begins with a state. */
export function createStore<S, A>(reduce: (state: S, action: A) => S, initial: S): Store<S, A> {
  let state = initial;
  const told = new Set<() => void>();

  return {
    get state() {
      return state;
    },
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const tell of [...told]) tell();
    },
    subscribe(tell) {
      told.add(tell);

      return () => told.delete(tell);
    },
  };
}

/** useStore draws a component again whenever the store's state changes. */
export function useStore<S, A>(store: Store<S, A>): S {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state);

    return store.subscribe(() => setState(store.state));
  }, [store]);

  return state;
}

/** useNow draws a component again each period, while it is on, and returns the page's clock. */
export function useNow(on: boolean, periodMs: number): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (!on) return undefined;
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), periodMs);

    return () => clearInterval(timer);
  }, [on, periodMs]);

  return now;
}
