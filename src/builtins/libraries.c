#include "builtins/libraries.h"

#include "authentication/crypto.h"
#include "builtins/hash.h"
#include "content/archive.h"
#include "net/domain.h"
#include "net/http.h"
#include "store/geoip_file.h"

/* Rows that need nothing are not here. */
static bool (*const loaders[BUILTIN_COUNT])(const char **why) = {
	[BUILTIN_address_organizationalDomain] = domain_load,
	[BUILTIN_address_publicSuffix] = domain_load,
	[BUILTIN_address_asciiDomain] = domain_load,
	[BUILTIN_address_unicodeDomain] = domain_load,
	[BUILTIN_address_normal] = domain_load,
	[BUILTIN_hash_md5] = hash_load,
	[BUILTIN_hash_sha1] = hash_load,
	[BUILTIN_hash_sha256] = hash_load,
	[BUILTIN_hash_sha512] = hash_load,
	[BUILTIN_hash_hmac] = hash_load,
	[BUILTIN_mime_archive] = archive_load,
	[BUILTIN_geoip_country] = geoip_load,
	[BUILTIN_geoip_asn] = geoip_load,
	[BUILTIN_geoip_find] = geoip_load,
	[BUILTIN_http_get] = http_load,
	[BUILTIN_http_post] = http_load,
	[BUILTIN_http_request] = http_load,
	[BUILTIN_dns_domainBlocklist] = domain_load,
	[BUILTIN_dkim_verify] = crypto_load,
	[BUILTIN_dkim_sign] = crypto_load,
	[BUILTIN_dkim_record] = crypto_load,
	[BUILTIN_dmarc_check] = domain_load,
	[BUILTIN_dmarc_authors] = domain_load,
};

bool builtin_load_libraries(enum builtin_id id, const char **why)
{
	return !loaders[id] || loaders[id](why);
}
