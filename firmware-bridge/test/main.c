/* Tests of the C library. Usage: firmware-tests CORPUS.json */
#include "check.h"
#include "corpus.h"

long checks_passed = 0;

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    corpus_load(argv[1]);
    test_crc32();
    test_cobs();
    test_frame();
    test_receiver();
    test_samples();
    test_pack();
    test_hello();
    printf("%ld passed, 0 failed\n", checks_passed);
    return 0;
}
