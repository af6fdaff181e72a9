/* LLP/1 for devices; see llp.h. */
#include "llp_frame.h"

#include <string.h>

#define HELO_EVERY_US 1000000u
#define BEAT_EVERY_US 500000u
#define GATE_EVERY_US 50000u
#define SAFE_AFTER_US 600000u
#define LAG_US 100000u /* a device that was held up longer leaves out what it missed */
#define LINES_FAULT 4u
#define LINES_ENABLE 2u
#define LINES_READY 1u

enum { NAK_VERSION = 3, NAK_STATE = 5, NAK_KEY = 12, NAK_BEAM = 15 };

static bool reached(uint32_t now_us, uint32_t due_us) { return (int32_t)(now_us - due_us) >= 0; }

/* Own words ------------------------------------------------------------------------------ */

static void say_helo(llp *box, uint32_t now_us)
{
    const llp_info *info = box->info;
    box->helo_us = now_us + HELO_EVERY_US;
    llp_begin(box, "HELO", 0, now_us);
    llp_field_text(box, "LLP/1");
    llp_field_text(box, info->kind);
    llp_field_text(box, info->model);
    llp_field_text(box, info->serial);
    llp_field_text(box, info->firmware);
    llp_field_text(box, info->channels);
    llp_field_whole(box, box->rate_hz);
    llp_field_whole(box, LLP_MAX_FRAME);
    llp_field_text(box, "t32;bin");
    llp_finish(box);
}

static void say_beat(llp *box, uint32_t now_us)
{
    box->beat_us = now_us + BEAT_EVERY_US;
    if (box->binary) {
        llp_begin_binary(box, 'H', 0, now_us, 4);
        llp_put_float(box, (float)box->rate_hz);
        llp_put_float(box, (float)box->rx_errors);
        llp_put_float(box, (float)box->overruns);
        llp_put_float(box, 0.0f);
        llp_finish_binary(box);
        return;
    }
    llp_begin(box, "H", 0, now_us);
    llp_field_whole(box, box->rate_hz);
    llp_field_whole(box, box->rx_errors);
    llp_field_whole(box, box->overruns);
    llp_field_whole(box, 0);
    llp_finish(box);
}

void llp_sample(llp *box, const int32_t *thousandths, uint8_t n, uint8_t flags, uint32_t t_us)
{
    if (box->binary) {
        llp_begin_binary(box, 'S', flags, t_us, n);
        for (uint8_t i = 0; i < n; i++)
            llp_put_float(box, (float)thousandths[i] / 1000.0f);
        llp_finish_binary(box);
        return;
    }
    llp_begin(box, "S", flags, t_us);
    for (uint8_t i = 0; i < n; i++) {
        llp_put(box, ',');
        llp_put_thousandths(box, thousandths[i]);
    }
    llp_finish(box);
}

static void say_gate(llp *box, uint32_t now_us)
{
    bool ready = box->lines & LINES_READY, enable = box->lines & LINES_ENABLE;
    bool fault = box->lines & LINES_FAULT;
    if (box->binary) {
        llp_begin_binary(box, 'G', LLP_VALID, now_us, 4);
        llp_put_float(box, (float)box->info->gate);
        llp_put_float(box, ready ? 1.0f : 0.0f);
        llp_put_float(box, enable ? 1.0f : 0.0f);
        llp_put_float(box, fault ? 1.0f : 0.0f);
        llp_finish_binary(box);
        return;
    }
    llp_begin(box, "G", LLP_VALID, now_us);
    llp_field_whole(box, box->info->gate);
    llp_field_whole(box, ready);
    llp_field_whole(box, enable);
    llp_field_whole(box, fault);
    llp_finish(box);
}

void llp_gate(llp *box, bool ready, bool enable, bool line_fault, uint32_t now_us)
{
    uint8_t lines = (uint8_t)((ready ? LINES_READY : 0u) | (enable ? LINES_ENABLE : 0u) |
                              (line_fault ? LINES_FAULT : 0u));
    if (box->lines_told && lines == box->lines && !reached(now_us, box->gate_us))
        return;
    box->lines = lines;
    box->lines_told = true;
    box->gate_us = now_us + GATE_EVERY_US;
    say_gate(box, now_us);
}

/* Words of the host ---------------------------------------------------------------------- */

static void send_answer(llp *box, const llp_answer *answer, uint32_t now_us)
{
    llp_begin(box, answer->code ? "NAK" : "ACK", 0, now_us);
    llp_field_text(box, answer->id);
    llp_field_whole(box, answer->code);
    if (answer->text[0])
        llp_field_text(box, answer->text);
    llp_finish(box);
}

static void copy(char *to, const char *from)
{
    strncpy(to, from, LLP_MAX_ID);
    to[LLP_MAX_ID] = '\0';
}

static void answer(llp *box, const char *id, uint8_t code, const char *text, uint32_t now_us)
{
    llp_answer now;
    copy(now.id, id);
    copy(now.text, text);
    now.code = code;
    send_answer(box, &now, now_us);
}

static void answer_and_remember(llp *box, const char *id, uint8_t code, const char *text, uint32_t now_us)
{
    llp_answer *kept = &box->answers[box->next_answer];
    box->next_answer = (uint8_t)((box->next_answer + 1u) % LLP_REMEMBERED);
    copy(kept->id, id);
    copy(kept->text, text);
    kept->code = code;
    send_answer(box, kept, now_us);
}

static const llp_answer *remembered(const llp *box, const char *id)
{
    for (uint8_t i = 0; i < LLP_REMEMBERED; i++)
        if (strcmp(box->answers[i].id, id) == 0)
            return &box->answers[i];
    return NULL;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_id(const char *text)
{
    size_t n = 0;
    for (; text[n]; n++) {
        bool letter = (text[n] >= 'A' && text[n] <= 'Z') || (text[n] >= 'a' && text[n] <= 'z');
        if (!(letter || is_digit(text[n])))
            return false;
    }
    return n >= 1 && n <= LLP_MAX_ID;
}

bool llp_is_whole(const char *text)
{
    size_t n = 0;
    while (is_digit(text[n]))
        n++;
    return n >= 1 && n <= 20 && text[n] == '\0';
}

/* Reads at most 6 digits; returns where they end, NULL if there are none. */
static const char *read_whole(const char *text, uint32_t *value)
{
    uint8_t n = 0;
    *value = 0;
    while (n < 6 && is_digit(text[n]))
        *value = *value * 10u + (uint32_t)(text[n++] - '0');
    return n ? text + n : NULL;
}

static bool serves(const char *protocol)
{
    uint32_t number;
    if (strncmp(protocol, "LLP/", 4) != 0)
        return false;
    const char *rest = read_whole(protocol + 4, &number);
    return rest && (*rest == '\0' || *rest == '.') && number >= 1;
}

static void greet(llp *box, const char *protocol, uint32_t now_us)
{
    box->binary = false;
    memset(box->answers, 0, sizeof box->answers); /* another host may use the same ids */
    if (!serves(protocol)) {
        answer(box, "helo", NAK_VERSION, "LLP/1", now_us);
        return;
    }
    box->known = false;
    say_helo(box, now_us);
}

static void set_rate(llp *box, const char *id, const char *value, uint32_t now_us)
{
    uint32_t rate, fraction;
    const char *rest = read_whole(value, &rate);
    if (rest && *rest == '.')
        rest = read_whole(rest + 1, &fraction);
    if (!rest || *rest || rate < 1 || rate > LLP_MAX_RATE_HZ) {
        answer_and_remember(box, id, LLP_NAK_VALUE, "rate", now_us);
        return;
    }
    char taken[4] = "";
    uint8_t n = 0;
    if (rate >= 100)
        taken[n++] = (char)('0' + rate / 100u);
    if (rate >= 10)
        taken[n++] = (char)('0' + rate / 10u % 10u);
    taken[n++] = (char)('0' + rate % 10u);
    taken[n] = '\0';
    box->rate_hz = (uint16_t)rate;
    box->sample_us = now_us;
    answer_and_remember(box, id, 0, strcmp(taken, value) ? taken : "", now_us);
}

static void configure(llp *box, const char *id, const char *key, const char *value, uint32_t now_us)
{
    bool measures = box->info->channels[0] != '\0';
    if (strcmp(key, "bin") == 0) {
        bool on = strcmp(value, "1") == 0;
        if (!on && strcmp(value, "0") != 0) {
            answer_and_remember(box, id, LLP_NAK_VALUE, key, now_us);
            return;
        }
        answer_and_remember(box, id, 0, "", now_us);
        if (on && !box->binary)
            llp_queue(box, (const uint8_t *)"", 1);
        box->binary = on;
    } else if (measures && strcmp(key, "rate") == 0) {
        set_rate(box, id, value, now_us);
    } else {
        answer_and_remember(box, id, NAK_KEY, key, now_us);
    }
}

static void run(llp *box, bool on, uint32_t now_us)
{
    if (on && !box->running)
        box->sample_us = now_us;
    box->running = on;
}

/* Types with a command id, and how many fields each needs at least. */
static uint8_t fields_of_command(const char *type)
{
    static const struct {
        const char *type;
        uint8_t fields;
    } commands[] = {{"CFG", 3}, {"RUN", 1}, {"STOP", 1}, {"MOV", 4}, {"JOG", 4}, {"TRJ", 3}, {"HOM", 2}};
    for (uint8_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].type, type) == 0)
            return commands[i].fields;
    return 0;
}

static void command(llp *box, const char *type, char **field, uint8_t n, uint32_t now_us)
{
    if (n < 1 || !is_id(field[0])) {
        box->rx_errors++;
        return;
    }
    const char *id = field[0];
    if (n < fields_of_command(type)) {
        box->rx_errors++;
        answer(box, id, LLP_NAK_SYNTAX, "", now_us);
        return;
    }
    const llp_answer *before = remembered(box, id);
    if (before) {
        send_answer(box, before, now_us);
    } else if (strcmp(type, "STOP") == 0) {
        run(box, false, now_us);
        answer_and_remember(box, id, 0, "", now_us);
    } else if (!box->known) {
        answer(box, id, NAK_STATE, "", now_us);
    } else if (strcmp(type, "RUN") == 0) {
        run(box, true, now_us);
        answer_and_remember(box, id, 0, "", now_us);
    } else if (strcmp(type, "CFG") == 0 && box->host_state == 'B') {
        answer(box, id, NAK_BEAM, "", now_us); /* may be given again later */
    } else if (strcmp(type, "CFG") == 0) {
        configure(box, id, field[1], field[2], now_us);
    } else {
        answer_and_remember(box, id, llp_move(box, type, field, n, now_us), "", now_us);
    }
}

static void set_outputs(llp *box, const char *mask_text, const char *levels_text)
{
    uint32_t mask, levels;
    if (!read_whole(mask_text, &mask) || !read_whole(levels_text, &levels))
        box->rx_errors++;
    else if (box->host_heard)
        box->outputs = (uint8_t)((box->outputs & ~mask) | (levels & mask));
}

static void go_safe(llp *box, uint32_t now_us)
{
    box->outputs = 0;
    if (box->info->mover)
        box->info->mover->halt(now_us);
}

void llp_handle(llp *box, const char *type, char **field, uint8_t n, uint32_t now_us)
{
    if (strcmp(type, "HELO") == 0 && n >= 1) {
        greet(box, field[0], now_us);
    } else if (strcmp(type, "ACK") == 0 && n >= 2) {
        if (strcmp(field[0], "helo") == 0) {
            box->known = true;
            box->fresh = false;
        }
    } else if (strcmp(type, "HB") == 0 && n >= 1) {
        box->host_heard = true;
        box->host_us = now_us;
        box->host_state = field[0][0];
    } else if (strcmp(type, "TS") == 0 && n >= 2 && llp_is_whole(field[0]) && llp_is_whole(field[1])) {
        llp_begin(box, "T", 0, now_us);
        llp_field_text(box, field[0]);
        llp_field_text(box, field[1]);
        llp_field_whole(box, now_us);
        llp_field_whole(box, now_us);
        llp_finish(box);
    } else if (strcmp(type, "GO") == 0 && n >= 2) {
        set_outputs(box, field[0], field[1]);
    } else if (strcmp(type, "EST") == 0) {
        go_safe(box, now_us);
    } else if (fields_of_command(type)) {
        command(box, type, field, n, now_us);
    } else if (strcmp(type, "HELO") == 0 || strcmp(type, "HB") == 0 || strcmp(type, "TS") == 0 ||
               strcmp(type, "GO") == 0 || strcmp(type, "ACK") == 0) {
        box->rx_errors++; /* too few fields */
    }
}

/* Time ----------------------------------------------------------------------------------- */

void llp_init(llp *box, const llp_info *info, uint32_t now_us)
{
    memset(box, 0, sizeof *box);
    box->info = info;
    box->rate_hz = info->rate_hz;
    box->fresh = true;
    box->host_state = 'I';
    box->beat_us = now_us + BEAT_EVERY_US;
    say_helo(box, now_us);
}

void llp_poll(llp *box, uint32_t now_us)
{
    if (!box->known && reached(now_us, box->helo_us))
        say_helo(box, now_us);
    if (reached(now_us, box->beat_us))
        say_beat(box, now_us);
    if (box->host_heard && now_us - box->host_us > SAFE_AFTER_US) {
        box->host_heard = false;
        box->host_state = 'I';
        go_safe(box, now_us);
        llp_begin(box, "E", 0, now_us);
        llp_field_whole(box, 1);
        llp_field_whole(box, 1);
        llp_field_text(box, "host silent: outputs safe");
        llp_finish(box);
    }
}

bool llp_sample_due(llp *box, uint32_t now_us, uint32_t *t_us)
{
    if (!box->running || !reached(now_us, box->sample_us))
        return false;
    if (now_us - box->sample_us > LAG_US)
        box->sample_us = now_us;
    *t_us = box->sample_us;
    box->sample_us += 1000000u / box->rate_hz;
    return true;
}

uint8_t llp_outputs(const llp *box) { return box->outputs; }

char llp_host_state(const llp *box) { return box->host_state; }
