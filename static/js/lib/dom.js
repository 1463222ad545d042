// preact and htm under one roof: html`<p>${text}</p>`. A text is always text here, never markup.

import htm from "../../vendor/htm.js";
import { h } from "../../vendor/preact.js";

export const html = htm.bind(h);
export { Component, createContext, render } from "../../vendor/preact.js";
export { useCallback, useContext, useEffect, useMemo, useReducer, useRef, useState } from "../../vendor/preact-hooks.js";
