/// A certificate for `localhost` and 127.0.0.1 that nobody trusts unless told to, good until 2126, and its key, which
/// protects nothing.
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAUGgAwIBAgIUSARNjpmI2d/okiYIqjNCE5F6o1cwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTEyMDQ0MVoYDzIxMjYxMDI4
        MTIwNDQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASUl1Agr0xFZWIj9hHeKgUgKPLnzawKxdApHbIeknme0nt8BcCJ9BT7
        oa/8jdRmOg9I6IpzHhsByhXxEXRlJTM2o28wbTAdBgNVHQ4EFgQU7sYKCKN3o4i3
        cI95C+jNw5F/rmIwHwYDVR0jBBgwFoAU7sYKCKN3o4i3cI95C+jNw5F/rmIwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDRwAwRAIgNy0HWONQtuw7yWmKWqJ8qdegBxVV3o5dprMGMGTH8CMCID7U
        my/zn5QaLRdaxD+zDTSi0byXOPS7/KXGNEhlJAEY
        -----END CERTIFICATE-----

        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMeM/+yuph5ZhB+Ji
        tq+WJBe3m+hci1vdFoDXW71EETGhRANCAASUl1Agr0xFZWIj9hHeKgUgKPLnzawK
        xdApHbIeknme0nt8BcCJ9BT7oa/8jdRmOg9I6IpzHhsByhXxEXRlJTM2
        -----END PRIVATE KEY-----

        """
}
