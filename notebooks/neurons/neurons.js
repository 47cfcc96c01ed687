// Starts every browser on the page that has not been started yet: with several, the first script may start them all.
for (const root of document.querySelectorAll(".v1lab-neurons:not([data-live])")) {
	const source = root.querySelector('script[type="application/json"]');
	if (!source) continue;
	root.dataset.live = "";
	const neurons = JSON.parse(source.textContent);
	const find = (selector) => root.querySelector(selector);
	const range = find("input"), select = find("select"), facts = root.querySelectorAll(".facts b");
	// JupyterLab asks the element in focus, before those around it, whether keys are its own.
	for (const control of root.querySelectorAll("input, select, button")) control.dataset.lmSuppressShortcuts = "true";
	const dots = root.querySelectorAll(".map circle[data-neuron]");
	let at = 0;
	for (const neuron of neurons) {
		select.append(new Option(neuron.name));
	}
	const show = (i) => {
		at = Math.min(Math.max(i, 0), neurons.length - 1);
		const neuron = neurons[at];
		range.value = at;
		range.setAttribute("aria-valuetext", neuron.name);
		select.selectedIndex = at;
		find(".count").textContent = `${at + 1} of ${neurons.length}`;
		find(".previous").disabled = at === 0;
		find(".next").disabled = at === neurons.length - 1;
		find(".name").textContent = neuron.name;
		neuron.pictures.forEach(([data, text], k) => {
			const figure = find(`figure[data-kind="${k}"]`), image = figure.querySelector("img");
			if (data) image.src = "data:image/png;base64," + data;
			else image.removeAttribute("src");
			image.hidden = !data;
			figure.querySelector(".gap").hidden = !!data;
			figure.querySelector("figcaption span").textContent = text;
		});
		for (const dot of dots) {
			const here = Number(dot.dataset.neuron) === at;
			dot.classList.toggle("here", here);
			if (here && dot.nextElementSibling) dot.parentNode.append(dot); // above those that it overlaps
		}
		neuron.facts.forEach((text, k) => { facts[k].textContent = text; });
	};
	range.addEventListener("input", () => show(Number(range.value)));
	select.addEventListener("change", () => show(select.selectedIndex));
	find(".previous").addEventListener("click", () => show(at - 1));
	find(".next").addEventListener("click", () => show(at + 1));
	root.addEventListener("keydown", (event) => {
		if (event.target === range || event.target === select) return; // they have keys of their own
		const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -neurons.length, End: neurons.length }[event.key];
		if (by === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
		event.preventDefault();
		show(at + by);
	});
	for (const dot of dots) {
		dot.addEventListener("pointermove", () => { if (Number(dot.dataset.neuron) !== at) show(Number(dot.dataset.neuron)); });
	}
	find(".still")?.remove();
	find(".controls").hidden = neurons.length < 2;
	show(0);
}
