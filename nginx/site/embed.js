// For pages that show /embed/{slug} in a frame: it becomes as high as its content, and what happens in it is an event
// of the <iframe>: countersign-signed, countersign-count.
const base = new URL(import.meta.url).origin;
const HEIGHT_MAX = 20000;
const isOurs = (frame) => frame instanceof HTMLIFrameElement && frame.src.startsWith(`${base}/embed/`);
const greet = (frame) => frame.contentWindow?.postMessage({ type: "countersign-hello" }, base);
const frames = () => [...document.querySelectorAll("iframe")].filter(isOurs);

addEventListener("message", ({ origin, source, data }) => {
  const frame = origin === base && frames().find((one) => one.contentWindow === source);
  if (!frame || typeof data?.type !== "string") return;
  if (data.type === "countersign-height" && data.height > 0) frame.height = String(Math.min(Math.ceil(data.height), HEIGHT_MAX));
  if (/^countersign-(signed|count)$/.test(data.type)) {
    frame.dispatchEvent(new CustomEvent(data.type, { detail: data.detail, bubbles: true }));
  }
});
document.addEventListener("load", ({ target }) => { if (isOurs(target)) greet(target); }, true);
// One that has not been loaded yet is still an empty page of this site, whose content can be seen.
for (const frame of frames()) if (base === location.origin || !frame.contentDocument) greet(frame);
