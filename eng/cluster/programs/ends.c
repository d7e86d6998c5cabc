/* ends [code]: says so and ends at once with that exit code. */
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    int code = count > 1 ? atoi(arguments[1]) : 0;
    printf("the configuration is missing: cannot go on\nending with exit code %d\n", code);
    return code;
}
