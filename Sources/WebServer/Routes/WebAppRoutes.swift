internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// The web app: the page at `/`, and under `/assets` the files that it and the page at `/docs` are made of, in the folders
/// of `Web`.
struct WebAppRoutes {
    var routes: [Route] { [.file("/", .html, PackageResources.index_html)] + Self.styles + Self.texts + Self.modules }

    private static let styles: [Route] = [
        style("base", PackageResources.base_css),
        style("docs", PackageResources.docs_css),
        style("pages", PackageResources.pages_css),
        style("shell", PackageResources.shell_css),
        style("translate", PackageResources.translate_css),
    ]

    private static let texts: [Route] = [
        module("texts/en", PackageResources.en_js),
        module("texts/es", PackageResources.es_js),
        module("texts/hi", PackageResources.hi_js),
    ]

    private static let modules: [Route] = [
        module("account/account-view", PackageResources.account_view_js),
        module("account/api-keys", PackageResources.api_keys_js),
        module("account/sign-in-view", PackageResources.sign_in_view_js),
        module("admin/admin-view", PackageResources.admin_view_js),
        module("admin/dead-letters", PackageResources.dead_letters_js),
        module("admin/models", PackageResources.models_js),
        module("admin/users", PackageResources.users_js),
        module("docs/docs", PackageResources.docs_js),
        module("docs/schema", PackageResources.schema_js),
        module("docs/try-it", PackageResources.try_it_js),
        module("jobs/job-row", PackageResources.job_row_js),
        module("jobs/jobs-view", PackageResources.jobs_view_js),
        module("notes/deletion", PackageResources.deletion_js),
        module("notes/note-editor", PackageResources.note_editor_js),
        module("notes/note-translations", PackageResources.note_translations_js),
        module("notes/notes-view", PackageResources.notes_view_js),
        module("notes/statistics-view", PackageResources.statistics_view_js),
        module("shell/app", PackageResources.app_js),
        module("shell/router", PackageResources.router_js),
        module("shell/shell", PackageResources.shell_js),
        module("shell/shortcuts", PackageResources.shortcuts_js),
        module("support/api", PackageResources.api_js),
        module("support/blocks", PackageResources.blocks_js),
        module("support/chart", PackageResources.chart_js),
        module("support/clipboard", PackageResources.clipboard_js),
        module("support/dialogs", PackageResources.dialogs_js),
        module("support/dom", PackageResources.dom_js),
        module("support/event-stream", PackageResources.event_stream_js),
        module("support/job-watcher", PackageResources.job_watcher_js),
        module("support/languages", PackageResources.languages_js),
        module("support/problems", PackageResources.problems_js),
        module("support/session", PackageResources.session_js),
        module("support/settings", PackageResources.settings_js),
        module("support/texts", PackageResources.texts_js),
        module("support/toasts", PackageResources.toasts_js),
        module("translate/alternatives", PackageResources.alternatives_js),
        module("translate/language-pair", PackageResources.language_pair_js),
        module("translate/panes", PackageResources.panes_js),
        module("translate/pieces", PackageResources.pieces_js),
        module("translate/translate-view", PackageResources.translate_view_js),
        module("translate/translator", PackageResources.translator_js),
    ]

    private static func style(_ name: String, _ bytes: [UInt8]) -> Route {
        .file("/assets/styles/\(name).css", .css, bytes)
    }

    private static func module(_ name: String, _ bytes: [UInt8]) -> Route {
        .file("/assets/\(name).js", .javaScript, condensed(bytes))
    }

    /// A module without its indentation and without lines that are all comment, which only readers of the source need.
    /// Lines keep their numbers, so that browsers tell places as they are in the source.
    private static func condensed(_ bytes: [UInt8]) -> [UInt8] {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let kept = lines.map { line in
            let text = line.drop { $0 == " " }
            return ["/*", "*", "//"].contains { text.hasPrefix($0) } ? "" : text
        }
        return Array(kept.joined(separator: "\n").utf8)
    }
}

/// What browsers are told a file is.
enum FileType: String {
    case html = "text/html; charset=utf-8"
    case css = "text/css; charset=utf-8"
    case javaScript = "text/javascript; charset=utf-8"
    case yaml = "application/yaml"
    case json = "application/json"
}

extension Route {
    /// Something that is part of the program. Browsers ask every time whether it changed, so that after an update no page
    /// is made of old and new parts.
    static func file(_ path: String, _ type: FileType, _ bytes: [UInt8]) -> Route {
        var hash = StableHash()
        hash.add(String(decoding: bytes, as: UTF8.self))
        // Weak, as the same file is sent compressed too.
        let tag = "W/\"\(hash.hexadecimal)\""
        let body = ByteBuffer(bytes: bytes)
        let headers: HTTPFields = [.contentType: type.rawValue, .cacheControl: "no-cache", .eTag: tag]
        return .get(path, .everybody) { request, _ in
            let known = request.headers[.ifNoneMatch]?.split(separator: ",") ?? []
            guard !known.contains(where: { $0.trimmed == tag }) else {
                return Response(status: .notModified, headers: [.cacheControl: "no-cache", .eTag: tag])
            }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }
}
