// Keeps the screen on while a code is shown or a till waits. The lock is lost whenever the page is hidden, so it is
// taken again when the page comes back.

/** @returns {() => void} lets the screen go dark again */
export function stayAwake() {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let wanted = true;
  const take = async () => {
    if (!wanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    try {
      lock = await navigator.wakeLock.request("screen");
      if (!wanted) lock.release();
    } catch {
      // battery saver: the screen goes dark and the code is still there
    }
  };
  document.addEventListener("visibilitychange", take);
  take();
  return () => {
    wanted = false;
    document.removeEventListener("visibilitychange", take);
    lock?.release();
  };
}
