/* Translation as pages expect it before they start. Not Splunk's: it knows one language. */
(function () {
    var catalog = {};
    var plural = function (n) { return n === 1 ? 0 : 1; };

    window.i18n_register = function (given) {
        catalog = given.catalog;
        plural = given.plural;
    };
    window.gettext = window._ = function (text) {
        return catalog['+-' + text] || text;
    };
    window.ungettext = window.ngettext = function (one, many, n) {
        return plural(n) === 0 ? one : many;
    };
    window.locale_name = function () { return window.$C.LOCALE; };
    window.locale_uses_day_before_month = function () { return false; };
})();
