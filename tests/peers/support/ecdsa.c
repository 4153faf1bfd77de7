/* Preloaded into baresip 1.0, which makes itself an RSA certificate for DTLS: it takes the ECDSA one of the file
 * PHONE_CERTIFICATE instead, as baresip does by itself from 1.1 on. Our DTLS has no RSA. */

#include <stdio.h>
#include <stdlib.h>

struct tls;

__attribute__((weak)) int tls_set_certificate(struct tls *tls, const char *pem, size_t len);

int tls_set_selfsigned_rsa(struct tls *tls, const char *cn, size_t bits)
{
	static char pem[16384];
	const char *path = getenv("PHONE_CERTIFICATE");
	FILE *file = path ? fopen(path, "r") : NULL;
	size_t len = file ? fread(pem, 1, sizeof(pem), file) : 0;

	(void)cn;
	(void)bits;
	if (file)
		fclose(file);
	return len && tls_set_certificate ? tls_set_certificate(tls, pem, len) : -1;
}
