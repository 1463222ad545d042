// preact and htm under one roof: html`<p>${text}</p>`. A text is always text here, never markup.

import { h, htm, useEffect, useReducer } from "../../vendor/preact-htm.js";

export const html = htm.bind(h);
export {
  Component, createContext, render, useCallback, useContext, useEffect, useMemo, useReducer, useRef, useState,
} from "../../vendor/preact-htm.js";

/**
 * What a page shows, in one place: `change` changes a part of it, and each component that asked by `use` is drawn again.
 * @template {object} State @param {State} state
 */
export function watched(state) {
  /** @type {Set<() => void>} */
  const watching = new Set();
  return {
    change: (/** @type {Partial<State>} */ part) => {
      Object.assign(state, part);
      for (const draw of watching) draw();
    },
    use: () => {
      const [, draw] = useReducer((/** @type {number} */ count) => count + 1, 0);
      useEffect(() => {
        const again = () => draw(undefined);
        watching.add(again);
        again();
        return () => void watching.delete(again);
      }, []);
      return state;
    },
  };
}
