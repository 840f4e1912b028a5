/* The frame around a page: Splunk's bars are a line of text here, and the page stands below it.
   Pages made with @splunk/react-page ask for create(options).getContainerElement(). */
window.__splunk_layout__ = {
    create: function (options) {
        document.body.style.margin = '0';
        if (!options.hideChrome) {
            var header = document.createElement('header');
            header.setAttribute('data-view', 'splunkjs/mvc/headerview');
            header.textContent = 'Stand-in for Splunk Web';
            header.style.cssText = 'background:#3c444d;color:#fff;padding:8px 20px;font:14px sans-serif';
            document.body.appendChild(header);
        }
        var container = document.createElement('div');
        container.className = 'main-section-body';
        document.body.appendChild(container);
        return { getContainerElement: function () { return container; } };
    },
};
