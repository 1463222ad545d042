// The camera of a screen: open as long as the screen stands.

import { useEffect, useRef, useState } from '../lib/dom.js';

/**
 * Where the picture goes, and why there is none: empty while it runs.
 * @param {'user' | 'environment' | 'off'} facing @param {(text: string) => void} seen
 */
export function useCamera(facing, seen) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [trouble, say] = useState('');
  useEffect(() => {
    let over = false;
    /** @type {import('../lib/camera.js').Camera | null} */
    let running = null;
    const start = async (/** @type {'user' | 'environment'} */ way) => {
      const { startCamera } = await import('../lib/camera.js');
      if (over || !video.current) return;
      running = await startCamera(video.current, seen, way);
      if (over) running.stop();
    };
    say('');
    if (facing !== 'off') start(facing).catch((error) => say(error.name === 'NoCamera' ? error.reason : 'line'));
    return () => {
      over = true;
      running?.stop();
    };
  }, [facing]);
  return { video, trouble };
}
