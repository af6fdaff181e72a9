/* Reads a page of test vectors and checks that the core computes the same.
 *
 * Lines "@...*CRC4" are checked for their checksum; each line "plain" in hex is coded and must give
 * the line "wire" that follows it. Says how many were right; ends with 1 if any was wrong or none
 * was there.
 */
#include "llp.h"

#include <stdio.h>
#include <string.h>

static size_t bytes_of(const char *text, uint8_t *to)
{
    size_t n = 0;
    unsigned value;
    int used;
    while (n < LLP_MAX_FRAME && sscanf(text, " %2x%n", &value, &used) == 1) {
        to[n++] = (uint8_t)value;
        text += used;
    }
    return n;
}

static bool text_is_right(const char *line)
{
    const char *star = strrchr(line, '*');
    unsigned given;
    if (!star || sscanf(star + 1, "%4x", &given) != 1)
        return false;
    return llp_crc((const uint8_t *)line + 1, (size_t)(star - line - 1)) == given;
}

static bool binary_is_right(const char *plain_text, const char *wire_text)
{
    uint8_t plain[LLP_MAX_FRAME], wire[LLP_MAX_FRAME], coded[LLP_MAX_FRAME + 3];
    size_t n = bytes_of(plain_text, plain), m = bytes_of(wire_text, wire);
    size_t length = llp_cobs(plain, n, coded);
    coded[length++] = 0;
    if (length != m || memcmp(coded, wire, m) != 0)
        return false;
    uint16_t crc = (uint16_t)(plain[n - 2] | plain[n - 1] << 8);
    return plain[0] == '@' || llp_crc(plain, n - 2) == crc;
}

int main(int argc, char **argv)
{
    char line[1024], plain[1024] = "";
    int right = 0, wrong = 0;
    FILE *page = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!page)
        return fprintf(stderr, "usage: %s PAGE\n", argv[0]), 2;
    while (fgets(line, sizeof line, page)) {
        bool is_right = false;
        if (strncmp(line, "plain ", 6) == 0) {
            strcpy(plain, line + 6);
            continue;
        }
        if (line[0] == '@' && line[1] >= 'A' && line[1] <= 'Z' && !strstr(line, "TYPE"))
            is_right = text_is_right(line);
        else if (strncmp(line, "wire ", 5) == 0)
            is_right = binary_is_right(plain, line + 5);
        else
            continue;
        if (!is_right)
            printf("wrong: %s", line);
        *(is_right ? &right : &wrong) += 1;
    }
    fclose(page);
    printf("%d vectors right, %d wrong\n", right, wrong);
    return wrong || !right;
}
