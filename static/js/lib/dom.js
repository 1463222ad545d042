// preact and htm under one roof: html`<p>${text}</p>`. A text is always text here, never markup.

import { h, htm } from "../../vendor/preact-htm.js";

export const html = htm.bind(h);
export {
  Component, createContext, render, useCallback, useContext, useEffect, useMemo, useReducer, useRef, useState,
} from "../../vendor/preact-htm.js";
