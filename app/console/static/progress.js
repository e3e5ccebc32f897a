/* Keeps the progress of a run up to date while its page is open. Without script the page loads itself again instead. */
(() => {
  const live = document.getElementById("live");
  const part = (name) => live.querySelector(`[data-live="${name}"]`);
  const say = (name, words) => {
    const place = part(name);
    if (place.textContent !== words) place.textContent = words;
  };
  const show = (found) => {
    say("step", found.step);
    say("counts", found.counts);
    say("left", found.left);
    const bar = part("bar");
    if (found.most) {
      bar.max = found.most;
      bar.value = found.value;
    } else {
      bar.removeAttribute("value");
    }
    const listed = part("refused");
    if (JSON.stringify([...listed.children].map((each) => each.textContent)) !== JSON.stringify(found.refused)) {
      listed.replaceChildren(
        ...found.refused.map((words) => {
          const item = document.createElement("li");
          item.textContent = words;
          return item;
        }),
      );
    }
    part("trouble").hidden = found.refused.length === 0;
  };
  const events = new EventSource(live.dataset.events);
  events.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  events.addEventListener("ended", () => {
    events.close();
    location.reload();
  });
  /* Refused, for too many that follow or an end of the session: the page says so, or asks again. */
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
})();
