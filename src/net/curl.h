/* libcurl, loaded when a script first uses it: for the files of this room that ask by HTTP. */
#ifndef NET_CURL_H
#define NET_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/library.h"

#define CURL_FUNCTIONS(F)                                                                          \
	F(curl_global_init)                                                                        \
	F(curl_easy_init)                                                                          \
	F(curl_easy_setopt)                                                                        \
	F(curl_easy_getinfo)                                                                       \
	F(curl_easy_cleanup)                                                                       \
	F(curl_easy_strerror)                                                                      \
	F(curl_multi_init)                                                                         \
	F(curl_multi_setopt)                                                                       \
	F(curl_multi_add_handle)                                                                   \
	F(curl_multi_remove_handle)                                                                \
	F(curl_multi_socket_action)                                                                \
	F(curl_multi_info_read)                                                                    \
	F(curl_multi_cleanup)                                                                      \
	F(curl_slist_append)                                                                       \
	F(curl_slist_free_all)                                                                     \
	F(curl_url)                                                                                \
	F(curl_url_set)                                                                            \
	F(curl_url_get)                                                                            \
	F(curl_url_cleanup)                                                                        \
	F(curl_free)

struct curl_functions {
	CURL_FUNCTIONS(LIBRARY_POINTER)
};

extern struct curl_functions curl;

#endif
