#include "agent/command/scan_report.h"

#include "agent/command/json_text.h"

#include <inttypes.h>
#include <string.h>

static int begin_nothing(struct scan_report *report)
{
    (void)report;
    return 0;
}

static int write_line(struct scan_report *report, const char *path,
                      const struct scan_finding *finding)
{
    fprintf(report->stream, "%s:%" PRIu64 ":%" PRIu64 ": %s: %s\n", path, finding->line,
            finding->column, blot_ruleset_rule_id(report->rules, finding->rule), finding->excerpt);
    return 0;
}

static int end_nothing(struct scan_report *report, const struct scan_totals *totals,
                       const struct scan_note *notes, size_t note_count)
{
    (void)report;
    (void)totals;
    (void)notes;
    (void)note_count;
    return 0;
}

const struct scan_report_type scan_report_text = {
    .begin = begin_nothing,
    .finding = write_line,
    .end = end_nothing,
};

static int write_json(struct scan_report *report, const char *path,
                      const struct scan_finding *finding)
{
    FILE *out = report->stream;
    fputs("{\"type\":\"finding\",", out);
    int error = json_text_member(out, "path", path);
    fprintf(out, ",\"line\":%" PRIu64 ",\"column\":%" PRIu64 ",\"end_column\":%" PRIu64,
            finding->line, finding->column, finding->end_column);
    fprintf(out, ",\"rule\":\"%s\",", blot_ruleset_rule_id(report->rules, finding->rule));
    if (error == 0)
        error = json_text_member(out, "text", finding->excerpt);
    if (report->key)
        fprintf(out, ",\"hmac\":\"%s\"", finding->print.hex);
    if (report->has_baseline)
        fprintf(out, ",\"known\":%s", finding->is_known ? "true" : "false");
    fputs("}\n", out);
    return error;
}

static int end_json(struct scan_report *report, const struct scan_totals *totals,
                    const struct scan_note *notes, size_t note_count)
{
    FILE *out = report->stream;
    int error = 0;
    for (size_t i = 0; error == 0 && i < note_count; i++) {
        fprintf(out, "{\"type\":\"%s\",", notes[i].is_error ? "error" : "note");
        error = json_text_member(out, "path", notes[i].path);
        fputc(',', out);
        if (error == 0)
            error = json_text_member(out, "message", notes[i].what);
        fputs("}\n", out);
    }
    fprintf(out,
            "{\"type\":\"summary\",\"files\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"lines\":%" PRIu64
            ",\"found\":%" PRIu64 ",\"known\":%" PRIu64 ",\"binary\":%" PRIu64
            ",\"unreadable\":%" PRIu64 "}\n",
            totals->files, totals->bytes, totals->lines, totals->found, totals->known,
            totals->binary, totals->unreadable);
    return error;
}

const struct scan_report_type scan_report_json = {
    .begin = begin_nothing,
    .finding = write_json,
    .end = end_json,
    .shows_known = true,
};

static const char *level_of(const struct blot_rule_info *info)
{
    return strcmp(info->severity, "low") == 0      ? "note"
           : strcmp(info->severity, "medium") == 0 ? "warning"
                                                   : "error";
}

/* OASIS SARIF 2.1.0. GitHub takes partialFingerprints to know a finding again, and wants ruleId,
 * message.text, artifactLocation.uri and region of each result. */
static int begin_sarif(struct scan_report *report)
{
    FILE *out = report->stream;
    int error = 0;
    fputs("{\n\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
          "\"version\": \"2.1.0\",\n\"runs\": [{\n"
          "\"tool\": {\"driver\": {\"name\": \"blotter\", \"version\": \"" BLOTTER_VERSION
          "\", \"rules\": [",
          out);
    for (size_t i = 0; i < blot_ruleset_rule_count(report->rules); i++) {
        struct blot_rule_info info;
        if (blot_ruleset_rule_info(report->rules, i, &info) < 0)
            continue;
        fprintf(out,
                "%s\n{\"id\": \"%s\", \"defaultConfiguration\": {\"level\": \"%s\"}, "
                "\"shortDescription\": {\"text\": ",
                i ? "," : "", info.id, level_of(&info));
        error = error ? error : json_text_write(out, info.why, strlen(info.why));
        fputs("}}", out);
    }
    fputs("]}},\n\"columnKind\": \"unicodeCodePoints\",\n\"results\": [", out);
    return error;
}

/* RFC 3986: all but unreserved characters and the slash are encoded. */
static void write_uri(FILE *out, const char *path)
{
    fputs(path[0] == '/' ? "\"file://" : "\"", out);
    for (; *path; path++) {
        unsigned char byte = (unsigned char)*path;
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || strchr("-._~/", byte);
        fprintf(out, plain ? "%c" : "%%%02X", byte);
    }
    fputc('"', out);
}

static int write_sarif(struct scan_report *report, const char *path,
                       const struct scan_finding *finding)
{
    FILE *out = report->stream;
    struct blot_rule_info info;
    if (blot_ruleset_rule_info(report->rules, finding->rule, &info) < 0)
        return 0;
    fprintf(out,
            "%s\n{\"ruleId\": \"%s\", \"ruleIndex\": %u, \"level\": \"%s\", \"message\": "
            "{\"text\": \"found by the rule %s\"}, \"locations\": [{\"physicalLocation\": "
            "{\"artifactLocation\": "
            "{\"uri\": ",
            report->written++ ? "," : "", info.id, finding->rule, level_of(&info), info.id);
    write_uri(out, path);
    fprintf(out,
            "}, \"region\": {\"startLine\": %" PRIu64 ", \"startColumn\": %" PRIu64
            ", \"endColumn\": %" PRIu64 ", \"snippet\": {\"text\": ",
            finding->line, finding->column, finding->end_column);
    int error = json_text_write(out, finding->excerpt, strlen(finding->excerpt));
    fputs("}}}}]", out);
    if (report->key)
        fprintf(out, ", \"partialFingerprints\": {\"blotterHmacSha256/v1\": \"%s\"}",
                finding->print.hex);
    if (report->has_baseline)
        fprintf(out, ", \"baselineState\": \"%s\"", finding->is_known ? "unchanged" : "new");
    fputs("}", out);
    return error;
}

static int end_sarif(struct scan_report *report, const struct scan_totals *totals,
                     const struct scan_note *notes, size_t note_count)
{
    FILE *out = report->stream;
    int error = 0;
    fprintf(out,
            "],\n\"invocations\": [{\"executionSuccessful\": %s, \"toolExecutionNotifications\": [",
            totals->unreadable ? "false" : "true");
    for (size_t i = 0; error == 0 && i < note_count; i++) {
        fprintf(out, "%s\n{\"level\": \"%s\", \"message\": {\"text\": ", i ? "," : "",
                notes[i].is_error ? "error" : "note");
        error = json_text_write(out, notes[i].what, strlen(notes[i].what));
        fputs("}, \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ", out);
        write_uri(out, notes[i].path);
        fputs("}}}]}", out);
    }
    fputs("]}]\n}]\n}\n", out);
    return error;
}

const struct scan_report_type scan_report_sarif = {
    .begin = begin_sarif,
    .finding = write_sarif,
    .end = end_sarif,
    .shows_known = true,
};
